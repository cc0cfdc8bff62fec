/** Who can teach: the shipped network itself, the released teacher where this site has it, or a file. */

/** The addresses of what was there when the pages were built; none, or the one. @type {Record<string, string>} */
const found = import.meta.glob('../../pkg/teacher.safetensors', { query: '?url', import: 'default', eager: true });

/** The released teacher's address; `undefined` where the site has none. @type {string | undefined} */
export const RELEASED = Object.values(found)[0];

/** The shipped network's address. */
export const SHIPPED = new URL('../../pkg/student.safetensors', import.meta.url);
