/** `quiesce dev` keeps a channel open to the processes it starts; when that closes, however it came about, nobody needs them. */
export function endWithParent(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
