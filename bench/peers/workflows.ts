export { cancelOne } from './workflow-per-task.js';
export { cancelInWindows, recordOfWindow, slideWindow } from './sliding-window.js';
