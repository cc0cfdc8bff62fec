export { createClassifier } from './classifier.js';
export { DermError } from './errors.js';
