export { cancelTask } from './cancel-task.js';
export { shareQuota } from './share-quota.js';
