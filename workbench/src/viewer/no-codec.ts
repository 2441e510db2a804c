/** In place of the codecs of Zarr, which NiiVue would bring: volumes come as NIfTI, and these are megabytes of WebAssembly. */
export default undefined;
