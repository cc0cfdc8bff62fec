/** A page that is all there in its HTML: its look, and the choice of light or dark. */

import 'virtual:look.css';
import './page.css';
import './reading.css';
import { startTheme } from './theme.js';

startTheme();
