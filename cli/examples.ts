/** What a command's help shows, by its path; every command has an entry. */
export const EXAMPLES = {
  demo: ['quiesce demo', 'quiesce demo --keep'],
  dev: ['quiesce dev', 'quiesce dev --port 7300 --ui-port 8300 --db .quiesce/dev/temporal.db'],
  simulator: ['quiesce simulator --port 9000'],
  worker: [
    'quiesce worker --config /etc/quiesce/quiesce.config.yaml --health-port 8081',
    'TEMPORAL_ADDRESS=temporal:7233 quiesce worker',
  ],
  api: ['quiesce api', 'quiesce api --no-auth --port 9090'],
  codec: [
    'quiesce codec --ui-url https://temporal.example.com',
    'quiesce codec --no-auth --ui-url http://localhost:8233',
  ],
  keys: [
    'quiesce keys create ci --scope read,cancel --connection prod --expires 90d',
    'quiesce keys revoke ci',
  ],
  'keys create': ['quiesce keys create ci --scope read,cancel --connection prod --expires 90d'],
  'keys list': ['quiesce keys list', 'quiesce keys list --output json'],
  'keys revoke': ['quiesce keys revoke ci'],
  setup: ['quiesce setup', 'TEMPORAL_NAMESPACE=ops quiesce setup --nexus-endpoint quiesce'],
  doctor: ['quiesce doctor', 'quiesce doctor --output json | jq .findings'],
  connections: ['quiesce connections', 'quiesce connections --check --output json'],
  cancel: [
    'quiesce cancel prod task-0123456789abcdef0 --wait --reason "INC-42: wrong path"',
    'quiesce cancel prod task-0123456789abcdef0 --dry-run',
    'quiesce cancel --task provider://prod/task-0123456789abcdef0 --deadline 2h --output json',
  ],
  status: [
    'quiesce status provider://prod/task-0123456789abcdef0',
    'quiesce status cancel/provider/prod/task-0123456789abcdef0',
  ],
  list: ['quiesce list --running', 'quiesce list --connection prod --verdict unproven --output json'],
  audit: [
    'quiesce audit --since 7d --format csv --to audit.csv',
    'quiesce audit --since 2026-11-01 --caller key:ci | jq .task',
  ],
  watch: [
    'quiesce watch provider://prod/task-0123456789abcdef0',
    'quiesce watch cancel/provider/prod/task-0123456789abcdef0 --output json | jq .phase',
  ],
  campaign: [
    'quiesce campaign plan --connection prod --from targets.csv --reason "INC-42: wrong path"',
    'quiesce campaign start spring-7f3a',
    'quiesce campaign watch spring-7f3a',
  ],
  'campaign plan': [
    'quiesce campaign plan --connection prod --from targets.csv --waves 1,5%,100% --reason "INC-42"',
    'quiesce campaign plan --connection prod --file-system fs-0123 --older-than 1d --reason "INC-42"',
    'grep prod targets.ndjson | quiesce campaign plan --from - --format ndjson --protect @keep.txt --reason "INC-42"',
  ],
  'campaign start': [
    'quiesce campaign start spring-7f3a',
    'quiesce campaign start --connection prod --from targets.csv --reason "INC-42" --yes --output json',
  ],
  'campaign status': [
    'quiesce campaign status spring-7f3a',
    'quiesce campaign status spring-7f3a --output json',
  ],
  'campaign watch': ['quiesce campaign watch spring-7f3a'],
  'campaign pause': ['quiesce campaign pause spring-7f3a --reason "too many alarms"'],
  'campaign resume': ['quiesce campaign resume spring-7f3a'],
  'campaign abort': ['quiesce campaign abort spring-7f3a --reason "wrong list"'],
  'campaign approve': ['quiesce campaign approve spring-7f3a'],
  'campaign rate': ['quiesce campaign rate spring-7f3a 5/s', 'quiesce campaign rate spring-7f3a none'],
  'campaign retry': [
    'quiesce campaign retry spring-7f3a',
    'quiesce campaign retry spring-7f3a --outcome unproven errored',
  ],
  'campaign report': [
    'quiesce campaign report spring-7f3a --format md',
    'quiesce campaign report spring-7f3a --format csv --to spring.csv',
  ],
  'campaign list': ['quiesce campaign list --running', 'quiesce campaign list --output json'],
  'campaign find': ['quiesce campaign find provider://prod/task-0123456789abcdef0'],
  'campaign schedule': [
    'quiesce campaign schedule create nightly --connection prod --cron "0 2 * * *" --older-than 1d --reason "stale tasks"',
  ],
  'campaign schedule create': [
    'quiesce campaign schedule create nightly --connection prod --cron "0 2 * * *" --older-than 1d --max-targets 500 --reason "stale tasks"',
    'quiesce campaign schedule create hourly --connection prod --every 1h --state PENDING --reason "stuck tasks"',
  ],
  'campaign schedule list': ['quiesce campaign schedule list'],
  'campaign schedule pause': ['quiesce campaign schedule pause nightly --reason "migration"'],
  'campaign schedule resume': ['quiesce campaign schedule resume nightly'],
  'campaign schedule delete': ['quiesce campaign schedule delete nightly'],
  abandon: ['quiesce abandon provider://prod/task-0123456789abcdef0 --reason "file system is gone"'],
  'poll-now': ['quiesce poll-now provider://prod/task-0123456789abcdef0'],
  extend: ['quiesce extend provider://prod/task-0123456789abcdef0 --by 2h'],
  completion: ['source <(quiesce completion bash)', 'quiesce completion fish | source'],
} as const satisfies Record<string, readonly string[]>;

export type CommandName = keyof typeof EXAMPLES;
