import { AlibabaRefusal, type AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { AlibabaRequest } from '../vendors/alibaba/simulate-request.js';
import { questionOf } from './simulate-question.js';
import { refusal } from './simulate-refusals.js';

interface Answered {
  readonly question: string;
  /** Answers as it was answered. */
  readonly again: () => AlibabaOutput;
}

/**
 * What was answered under each ClientToken: the same request gets the same answer once more, without its effect. How long
 * tokens live is not documented: these live for ever.
 * @see https://help.aliyun.com/document_detail/25693.html
 */
export class TokenMemory {
  readonly #answered = new Map<string, Answered>();

  /** Runs an operation, unless its token was used before. Without a token the request's own id is it, which comes only once. */
  run(request: AlibabaRequest, keepsRefusals: boolean, operation: () => AlibabaOutput): AlibabaOutput {
    const token = request.parameters['ClientToken'];
    if (token === undefined || token === '') return operation();
    const question = questionOf(request);
    const earlier = this.#answered.get(token);
    if (earlier !== undefined && earlier.question !== question) throw refusal('IdempotentParameterMismatch');
    if (earlier !== undefined) return earlier.again();
    try {
      const answer = operation();
      this.#answered.set(token, { question, again: () => ({ output: answer.output }) });
      return answer;
    } catch (error) {
      if (!(error instanceof AlibabaRefusal) || !keepsRefusals) throw error;
      const again = () => {
        throw error;
      };
      this.#answered.set(token, { question, again });
      throw error;
    }
  }
}
