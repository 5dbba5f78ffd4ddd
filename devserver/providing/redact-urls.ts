/** Hides user names and passwords in URLs: mirrors and package indexes often carry them. */
export function redactUrls(text: string): string {
  return text.replaceAll(/(\w+:\/\/)[^\s/@]+@/g, '$1***@');
}
