// The package as a page uses it: everything in its worker, code and weights checked by their hashes, the spare worker standing by.
import { createClassifier } from 'dermdistill';
import { visit } from './page.mjs';

visit('pixels', async (input) => {
  const classifier = await createClassifier({ assets: 'pkg/', ...(WEIGHTS && { weights: WEIGHTS }) });
  return classifier.logits(await input);
});
