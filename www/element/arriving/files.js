/** Files that the reader brings: chosen, photographed with the phone's own camera, dropped or pasted. */

import { element } from '../dom.js';

const TYPES = 'image/jpeg,image/png,image/webp';

/**
 * A hidden file input, and what opens it.
 * @param {{name: string, multiple: boolean, capture?: boolean, onFiles: (files: File[]) => void}} options `name` for those who meet it
 *   with a screen reader
 */
export function createChooser({ name, multiple, capture = false, onFiles }) {
  const root = element('input', { className: capture ? 'capture' : 'chooser', attributes: { 'type': 'file', 'accept': TYPES, 'aria-label': name } });
  root.multiple = multiple;
  root.hidden = true;
  if (capture) root.setAttribute('capture', 'environment');
  root.addEventListener('change', () => {
    const files = [...(root.files ?? [])];
    // The same file may be chosen twice in a row.
    root.value = '';
    if (files.length) onFiles(files);
  });
  return { root, open: () => root.click() };
}

/**
 * Listens for what is dropped on `area` or pasted into it.
 * @param {HTMLElement | Document} area a document: anywhere in the window
 * @param {{onFiles: (files: File[]) => void, onNothing: () => void, onOver: (over: boolean) => void, signal: AbortSignal}} actions
 *   `onOver` tells whether something is held over the area
 */
export function listenForFiles(area, { onFiles, onNothing, onOver, signal }) {
  // `dragenter` and `dragleave` come once an element crossed, hence the count.
  let depth = 0;
  const over = (/** @type {number} */ count) => {
    depth = Math.max(0, count);
    onOver(depth > 0);
  };
  /** @param {FileList | undefined} list */
  const take = (list) => (list?.length ? onFiles([...list]) : onNothing());
  /** @type {(name: 'dragenter' | 'dragleave' | 'dragover' | 'drop', act: (event: DragEvent) => void) => void} */
  const on = (name, act) => area.addEventListener(name, (event) => act(/** @type {DragEvent} */ (event)), { signal });
  on('dragenter', (event) => {
    event.preventDefault();
    over(depth + 1);
  });
  on('dragleave', () => over(depth - 1));
  on('dragover', (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
  });
  on('drop', (event) => {
    event.preventDefault();
    over(0);
    take(event.dataTransfer?.files);
  });
  const paste = (/** @type {Event} */ event) => take(/** @type {ClipboardEvent} */ (event).clipboardData?.files);
  area.addEventListener('paste', paste, { signal });
}
