/**
 * The messages between the page and the learner's worker: those of ../protocol.js, of which it answers `open`, `decode`, `look`, `answer`,
 * `explain` and `embed` with the present weights, and these. One step of a run is one request.
 *
 *   page → worker   { id, action: 'example', about, source }       value: the square that is learned from, as ImageData
 *                   { id, action: 'square', about, square }        an example of an earlier worker
 *                   { id, action: 'remove', example }              value: whether there was one
 *                   { id, action: 'begin', plan }                  value: every example's use, which a first run decides
 *                   { id, action: 'step' }                         value: its report
 *                   { id, action: 'undo' | 'reset' }               value: whether anything changed
 *                   { id, action: 'evaluate' | 'compare', options }
 *                   { id, action: 'export' | 'state' }             value: bytes of a weight file, of a state
 *                   { id, action: 'import', bytes }                of either; value: whether a run goes on
 *
 * @typedef {{id: number, label: string, use: import('./index.js').Use, crop?: import('../index.js').Crop | undefined}} About
 * @typedef {{id: number, action: 'example', about: About, source: import('../protocol.js').Posted}} ExampleRequest
 * @typedef {{id: number, action: 'square', about: About, square: ImageData}} SquareRequest
 * @typedef {{id: number, action: 'remove', example: number}} RemoveRequest
 * @typedef {{id: number, action: 'begin', plan: object}} BeginRequest
 * @typedef {{id: number, action: 'evaluate' | 'compare', options: object}} FiguresRequest
 * @typedef {{id: number, action: 'import', bytes: Uint8Array}} ImportRequest
 * @typedef {{id: number, action: 'step' | 'undo' | 'reset' | 'export' | 'state'}} PlainRequest
 * @typedef {ExampleRequest | SquareRequest | RemoveRequest | BeginRequest | FiguresRequest | ImportRequest | PlainRequest} LearnRequest
 */

export {};
