import { credentialError } from './credential-error.js';

/** The fields of one profile of a credential file. An empty field is none: tools write them for what is not set. */
export class ProfileFields {
  /** @param where the profile and its file, for errors: `The profile [default], in /file,`. */
  constructor(
    readonly where: string,
    private readonly read: (name: string) => unknown,
  ) {}

  text(name: string): string | undefined {
    const value = this.read(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  /** @throws ProviderError that names the field. */
  need(name: string): string {
    const value = this.text(name);
    if (value !== undefined) return value;
    throw credentialError('CredentialsIncomplete', `${this.where} has no ${name}: set it, or name another.`);
  }

  /** A number above zero, written as one or as text. */
  number(name: string): number | undefined {
    const value = Number(this.read(name));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  }

  isTrue(name: string): boolean {
    return this.read(name) === true || this.text(name)?.toLowerCase() === 'true';
  }
}
