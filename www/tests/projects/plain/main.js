import { createClassifier } from './dermdistill/pkg/index.js';
import './dermdistill/element/define.js';
import { show } from '../shared/show.js';

show(createClassifier());
