/**
 * The messages between the page and the worker, and nothing else: plain data with an `id`, answered under the same `id`.
 * One request is one step of a call, and the owner sends the next when it has the reply.
 *
 *   page → worker   { id, action: 'compile', code }                    once, first; code: the file's bytes, or the module that an earlier worker answered this with
 *                   { id, action: 'open', build, weights }             once, then
 *                   { id, action: 'decode', photograph, source }       does nothing if the worker holds the photograph of that number
 *                   { id, action: 'look', options: { crop } }          does nothing if that part is what it saw last
 *                   { id, action: 'answer' | 'explain' | 'embed', options }
 *                   { id, action: 'logits', input }
 *   worker → page   { id: 0, memory: 0 }                               its script runs
 *                   { id, value, memory }                              memory: bytes of the instance
 *                   { id, error: { code, message, hint }, memory, lost }   lost: the instance is poisoned, replace the worker
 *
 * @typedef {import('./index.js').Build} Build
 * @typedef {Blob | Uint8Array<ArrayBuffer> | ImageData | ImageBitmap} Posted
 * @typedef {{code: import('./index.js').ErrorCode, message: string, hint: string}} PlainError
 * @typedef {{id: number, action: 'compile', code: Uint8Array | WebAssembly.Module}} CompileRequest
 * @typedef {{id: number, action: 'open', build: Build, weights: Uint8Array, teacher?: number | undefined, head?: Uint8Array | undefined, heads?: Uint8Array | undefined, threads?: number | undefined}} OpenRequest
 * @typedef {{id: number, action: 'decode', photograph: number, source: Posted}} DecodeRequest
 * @typedef {{id: number, action: 'look' | 'answer' | 'explain' | 'embed', options: object}} LookRequest
 * @typedef {{id: number, action: 'logits', input: Float32Array}} LogitsRequest
 * @typedef {CompileRequest | OpenRequest | DecodeRequest | LookRequest | LogitsRequest} Request
 * @typedef {{id: number, value: unknown, memory: number, error?: undefined, lost?: undefined}} Success
 * @typedef {{id: number, error: PlainError, memory: number, lost: boolean}} Failure
 * @typedef {Success | Failure} Reply
 */

export {};
