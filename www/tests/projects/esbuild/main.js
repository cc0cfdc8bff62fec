import { createClassifier } from 'dermdistill';
import 'dermdistill/element';
import { show } from '../shared/show.js';

// esbuild copies no file that a module names: the build script lays the package's folder beside the bundle.
show(createClassifier({ assets: new URL('dermdistill/', import.meta.url) }));
