/**
 * Classifies a spot drawn here, with the module and with the element, and puts both answers on the page, where the test reads them.
 * @param {Promise<import('dermdistill').Classifier>} opening
 */
export async function show(opening) {
  const output = document.querySelector('output');
  try {
    const canvas = drawn();
    const classifier = await opening;
    const { probabilities } = await classifier.classify(canvas);
    const element = await inElement(canvas);
    output.textContent = JSON.stringify({ released: classifier.info.released, probabilities, element });
  } catch (error) {
    output.textContent = JSON.stringify({ code: error.code, message: error.message });
  }
}

function drawn() {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [320, 240];
  const context = canvas.getContext('2d');
  context.fillStyle = 'rgb(224 180 160)';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = 'rgb(110 70 50)';
  context.fillRect(100, 80, 110, 90);
  return canvas;
}

/** The probabilities that the page's `<derm-classifier>` gives for the same picture as a file. */
async function inElement(canvas) {
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  const element = document.querySelector('derm-classifier');
  return new Promise((done, failed) => {
    element.addEventListener('result', ({ detail }) => done(detail.answer.probabilities));
    element.addEventListener('error', ({ detail }) => failed(Object.assign(new Error(detail.error?.message), { code: detail.code })));
    element.add([new File([blob], 'spot.png', { type: 'image/png' })]);
  });
}
