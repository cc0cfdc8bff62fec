/** The element's style sheets, made once for all elements. They are no inline style, so that a policy without 'unsafe-inline' lets them be. */

import answer from '../answer/style.js';
import arriving from '../arriving/style.js';
import model from '../model/style.js';
import photograph from '../photograph/style.js';
import visit from '../visit/style.js';
import base from './base.js';
import markers from './markers.js';
import tokens from './tokens.js';
import widget from './widget.js';

/** @type {CSSStyleSheet[] | undefined} */
let made;

export function sheets() {
  made ??= [tokens, base, markers, widget, model, arriving, photograph, answer, visit].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  return made;
}
