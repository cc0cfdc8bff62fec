/**
 * The messages between the page and the learner's worker: those of ../protocol.js, of which it answers `open`, `decode`, `look`, `answer`,
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
 * A worker that is opened with `teacher: true` has a teacher in place of a learner, with the projection head `head` where that is a file of its own, and
 * answers
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
 * @typedef {TeacherRequest | TeachRequest | AskRequest} LessonRequest
 * @typedef {ExampleRequest | SquareRequest | ExampleNumberRequest | LessonRequest | BeginRequest | FiguresRequest | ImportRequest | KeepRequest | PlainRequest} LearnRequest
 */

export {};
