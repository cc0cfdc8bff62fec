/** The classify page: the element, with all that it can, in a page that fills the window. */

import 'virtual:look.css';
import './page.css';
import './classify.css';
import '../element/define.js';
import { startKeeping } from './keep.js';
import { startTheme } from './theme.js';

startTheme();
startKeeping();
