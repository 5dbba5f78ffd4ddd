export { cancelTask } from './cancel-task.js';
