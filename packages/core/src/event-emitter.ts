/** For the packages that are built on this one: they share the copy in our bundle (see `.ci/bundle.js`). */
export { EventEmitter } from 'eventemitter3'
