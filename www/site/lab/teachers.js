/** Who can teach: the shipped network itself, the released teacher where this release has one, or a file. */

import { RELEASE } from '../../pkg/release-learn.js';

/** @typedef {{teacher: import('../../lib/index.js').Asset, teacherHead?: URL | undefined, heads?: URL | undefined}} Teaching what a learner is given */

/** Addresses, by file, of what of these was there when the pages were built. @type {Record<string, string>} */
const found = import.meta.glob(['../../pkg/teacher_int8.safetensors', '../../pkg/teacher_ss_head.safetensors', '../../pkg/student_heads.safetensors'], { query: '?url', import: 'default', eager: true });

/** What the release lists: it names what it has by hash. @type {Partial<Record<string, {bytes: number}>>} */
const listed = RELEASE;

/** @param {string} name in the release @param {string} file */
function addressOf(name, file) {
  const address = found[`../../pkg/${file}.safetensors`];
  return listed[name] && address ? new URL(address, location.href) : undefined;
}

const teacher = addressOf('teacher', 'teacher_int8');

/** The released teacher, with its projection head and the student's training heads where there are any; `undefined` where the release has none. @type {Teaching | undefined} */
export const RELEASED = teacher && { teacher, teacherHead: addressOf('teacher-head', 'teacher_ss_head'), heads: addressOf('heads', 'student_heads') };

/** Bytes of all that. */
export const RELEASED_BYTES = ['teacher', 'teacher-head', 'heads'].reduce((sum, name) => sum + (listed[name]?.bytes ?? 0), 0);

/** The shipped network's address. @type {Teaching} */
export const SHIPPED = { teacher: new URL('../../pkg/student.safetensors', import.meta.url) };
