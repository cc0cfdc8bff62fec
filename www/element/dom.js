/**
 * A new element. Text is set as text, so that names of files and classes are never read as markup.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {{text?: string, className?: string, attributes?: Record<string, string>}} [options]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, { text, className, attributes = {} } = {}, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * A button; `name` is its label when it shows none.
 * @param {{text?: string, name?: string, className?: string, part?: string}} look
 * @param {(event: MouseEvent) => void} onClick
 * @param {...Node} children
 */
export function button({ text, name, className, part }, onClick, ...children) {
  const node = element('button', { attributes: { type: 'button', part: part ?? 'button' } }, ...children);
  if (text !== undefined) node.textContent = text;
  if (name !== undefined) node.setAttribute('aria-label', name);
  if (className) node.className = className;
  node.addEventListener('click', onClick);
  return node;
}

/**
 * A place where a portal may put words of its own.
 * @param {string} name empty: for all that has no place of its own
 * @param {string} [text] what stands there otherwise
 */
export function slot(name, text) {
  return element('slot', { attributes: name ? { name } : {}, ...(text === undefined ? {} : { text }) });
}

/**
 * The focused element of the tree that a node stands in: a shadow root has its own.
 * @param {Node} node
 */
export function focusedIn(node) {
  const root = node.getRootNode();
  return root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
}

/**
 * A canvas's pen.
 * @param {HTMLCanvasElement} canvas
 */
export function pen(canvas) {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser gives no canvas');
  return context;
}
