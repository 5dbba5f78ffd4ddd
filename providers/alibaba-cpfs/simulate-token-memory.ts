import type { SimulatedWorld } from '../../simulator/simulated-provider.js';
import { AlibabaRefusal, type AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { AlibabaRequest } from '../vendors/alibaba/simulate-request.js';
import { questionOf } from './simulate-question.js';
import { refusal } from './simulate-refusals.js';
import type { CpfsSwitches } from './simulate-switches.js';

interface Answered {
  /** When the token was first used, in cloud time. */
  readonly at: number;
  readonly question: string;
  /** Answers as it was answered. */
  readonly again: () => AlibabaOutput;
}

/**
 * What was answered under each ClientToken: the same request gets the same answer once more, without its effect. Whether that
 * goes for refusals, and how long tokens live, is not documented.
 * @see https://help.aliyun.com/document_detail/25693.html
 */
export class TokenMemory {
  readonly #world: SimulatedWorld<CpfsSwitches>;
  readonly #answered = new Map<string, Answered>();

  constructor(world: SimulatedWorld<CpfsSwitches>) {
    this.#world = world;
  }

  /** Runs an operation, unless its token was used before. Without a token the request's own id is it, which comes only once. */
  run(request: AlibabaRequest, operation: () => AlibabaOutput): AlibabaOutput {
    const token = request.parameters['ClientToken'];
    if (token === undefined || token === '') return operation();
    const { tokenCachesRefusals } = this.#world.settings.switches;
    const of = { at: this.#world.now(), question: questionOf(request) };
    const earlier = this.#remembered(token);
    if (earlier !== undefined && earlier.question !== of.question)
      throw refusal('IdempotentParameterMismatch');
    if (earlier !== undefined) return earlier.again();
    try {
      const answer = operation();
      this.#answered.set(token, { ...of, again: () => ({ output: answer.output }) });
      return answer;
    } catch (error) {
      if (!(error instanceof AlibabaRefusal) || !tokenCachesRefusals) throw error;
      const again = () => {
        throw error;
      };
      this.#answered.set(token, { ...of, again });
      throw error;
    }
  }

  #remembered(token: string): Answered | undefined {
    const { clientTokenLifeMs } = this.#world.settings.switches;
    const answered = this.#answered.get(token);
    if (answered === undefined || clientTokenLifeMs === 'forever') return answered;
    return this.#world.now() - answered.at < clientTokenLifeMs ? answered : undefined;
  }
}
