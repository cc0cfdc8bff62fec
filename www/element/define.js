/** Names the element, unless the page has it already: this module may be loaded twice. */

import { DermClassifier } from './derm-classifier.js';

if (!customElements.get('derm-classifier')) customElements.define('derm-classifier', DermClassifier);

export { DermClassifier };
