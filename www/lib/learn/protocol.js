/**
 * The messages between the page and the learner's worker: those of ../protocol.js, of which it answers `compile`, `open`, `decode`, `look`, `answer`,
 * `explain` and `embed` with the present weights, and these. One step of a run is one request.
 *
 *   page → worker   { id, action: 'example', about, source }       value: the square that is learned from, as ImageData
 *                   { id, action: 'square', about, square }        an example of an earlier worker
 *                   { id, action: 'remove', example }              value: whether there was one
 *                   { id, action: 'teacher', taught }              who is learned from, in its own words
 *                   { id, action: 'teach', example, view, taps }   its answer to an example, turned by that many quarter turns
 *                   { id, action: 'begin', plan }                  value: every example's use, which a first run decides
 *                   { id, action: 'step' }                         value: its report
 *                   { id, action: 'matrices' }                     value: those of the last step's batch
 *                   { id, action: 'opinions', example }            value: what teacher and student think of it
 *                   { id, action: 'undo' | 'reset' }               value: whether anything changed
 *                   { id, action: 'evaluate' | 'compare', options }
 *                   { id, action: 'export' | 'state' }             value: bytes of a weight file, of a state
 *                   { id, action: 'import', bytes }                of either; value: whether a run goes on
 *                   { id, action: 'kept' }                         value: {number, state} of what is kept on the device, or null
 *                   { id, action: 'keep', after }                  keeps the state there; value: {number, bytes}
 *
 * A worker that is opened with `threads` runs the build with shared memory, on so many. Where there are several, other workers join it before that:
 *
 *   page → worker   { id, action: 'found', code }                  in place of `compile`; value: { module, memory }
 *                   { id, action: 'join', module, memory }         of another worker: value once it runs in that memory
 *                   { id, action: 'stay' }                         never answered: from now on a thread of the pool that the first one makes when it is
 *                                                                  opened; of that one too, so that the owner is told when it ends
 *
 * A worker that is opened with `teacher`, the side of the squares that it will be asked about, has a teacher in place of a learner, with the projection
 * head `head` where that is a file of its own, and answers
 *
 *   page → worker   { id, action: 'taught' }                       value: what the learner is told as `taught`
 *                   { id, action: 'ask', square, view }            value: `taps`
 *
 * @typedef {{id: number, label: string, use: import('./index.js').Use, crop?: import('../index.js').Crop | undefined}} About
 * @typedef {{id: number, action: 'example', about: About, source: import('../protocol.js').Posted}} ExampleRequest
 * @typedef {{id: number, action: 'square', about: About, square: ImageData}} SquareRequest
 * @typedef {Record<string, Float32Array>} Taps
 * @typedef {{id: number, action: 'teacher', taught: object}} TeacherRequest
 * @typedef {{id: number, action: 'teach', example: number, view: number, taps: Taps}} TeachRequest
 * @typedef {{id: number, action: 'ask', square: ImageData, view: number}} AskRequest
 * @typedef {{id: number, action: 'begin', plan: object}} BeginRequest
 * @typedef {{id: number, action: 'opinions' | 'remove', example: number}} ExampleNumberRequest
 * @typedef {{id: number, action: 'evaluate' | 'compare', options: object}} FiguresRequest
 * @typedef {{id: number, action: 'import', bytes: Uint8Array}} ImportRequest
 * @typedef {{id: number, action: 'keep', after: number | undefined}} KeepRequest
 * @typedef {{id: number, action: 'step' | 'matrices' | 'undo' | 'reset' | 'export' | 'state' | 'kept' | 'taught'}} PlainRequest
 * @typedef {{id: number, action: 'found', code: Uint8Array | WebAssembly.Module}} FoundRequest
 * @typedef {{id: number, action: 'join', module: WebAssembly.Module, memory: WebAssembly.Memory}} JoinRequest
 * @typedef {{id: number, action: 'stay'}} StayRequest
 * @typedef {FoundRequest | JoinRequest | StayRequest} CrewRequest
 * @typedef {TeacherRequest | TeachRequest | AskRequest} LessonRequest
 * @typedef {ExampleRequest | SquareRequest | ExampleNumberRequest | BeginRequest | FiguresRequest | ImportRequest | KeepRequest | PlainRequest} LearnerRequest
 * @typedef {CrewRequest | LessonRequest | LearnerRequest} LearnRequest
 */

export {};
