import { createClassifier } from 'dermdistill';
import 'dermdistill/element';
import { show } from '../shared/show.js';

show(createClassifier());
