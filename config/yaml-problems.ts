import type { ErrorCode } from 'yaml';

/** What the YAML parser found, in our words: its own messages quote the file, and what they quote may be a secret. */
export const YAML_PROBLEMS = {
  ALIAS_PROPS: 'an alias takes neither an anchor nor a tag',
  BAD_ALIAS: 'an anchor or alias has no name, or one that ends in a colon',
  BAD_COLLECTION_TYPE: 'a tag does not fit what it stands before',
  BAD_DIRECTIVE: 'a line that starts with % is a directive, and this is none',
  BAD_DQ_ESCAPE:
    'in double quotes a backslash starts an escape sequence, and this is none; single quotes know none',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'anchors and tags stand after the indicator',
  BAD_SCALAR_START: 'a value that starts with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'a line holds one key and its value; a value with a colon and a space in it needs quotes',
  BLOCK_IN_FLOW: 'between { } or [ ] no indented lines with keys or dashes can stand',
  DUPLICATE_KEY: 'keys must be unique',
  IMPOSSIBLE: 'it cannot be read from here on',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a colon, comma, space, quote or bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must be on a single line',
  MULTIPLE_ANCHORS: 'a value has more than one anchor',
  MULTIPLE_DOCS: 'it holds more than one document',
  MULTIPLE_TAGS: 'a value has more than one tag',
  NON_STRING_KEY: 'a key must be a text',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'tabs cannot indent, spaces can',
  TAG_RESOLVE_FAILED: 'a tag does not fit its value',
  UNEXPECTED_TOKEN: 'this does not belong here',
} as const satisfies Record<ErrorCode, string>;
