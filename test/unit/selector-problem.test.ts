import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { selectorProblem } from '../../providers/selector-problem.js';

describe('what a selector selects by', () => {
  for (const definition of ALL_PROVIDERS) {
    const { id, selectors } = definition;
    if (selectors === undefined) continue;
    const { fileSystem, states, types } = selectors;
    const least = {
      connection: 'c',
      provider: id,
      ...(fileSystem?.required === true && { fileSystem: fileSystem.example }),
    };
    const problem = (more: object) => selectorProblem({ ...least, ...more }, definition);

    it(`may be every word of ${id}, together and alone`, () => {
      assert.equal(problem({}), undefined);
      assert.equal(problem({ states, ...(types && { types }), olderThanMs: 1 }), undefined);
      for (const state of states) assert.equal(problem({ states: [state] }), undefined);
      for (const type of types ?? []) assert.equal(problem({ types: [type] }), undefined);
    });

    it(`is refused in one sentence that names what is wrong (${id})`, () => {
      const wrong: [object, RegExp][] = [
        [{ states: ['MOONBATHING'] }, /^"MOONBATHING" is no state of .+; its states are .+\.$/],
        [
          { types: ['MOONSHINE'] },
          types ? /^"MOONSHINE" is no type of .+\.$/ : /^All tasks of .+ are of one type/,
        ],
        [{ states: [] }, /^states of a selector names none/],
        [{ states: 'RUNNING' }, /^states of a selector/],
        [{ olderThanMs: 0 }, /^olderThanMs of a selector must be above 0\.$/],
        [{ olderThanMs: '1d' }, /^olderThanMs of a selector must be a number/],
        [
          { fileSystem: '*' },
          fileSystem ? /^fileSystem is no \w+ of/ : /belong to no file system: leave fileSystem out/,
        ],
      ];
      for (const [more, sentence] of wrong) {
        const told = problem(more) ?? 'nothing';
        assert.match(told, sentence);
        assert.ok(told.length < 600 && told.endsWith('.'), told);
      }
      const without = selectorProblem({ connection: 'c', provider: id }, definition);
      if (fileSystem?.required === true)
        assert.match(without ?? '', new RegExp(`give one as fileSystem, such as`));
      else assert.equal(without, undefined);
    });
  }

  it('is nothing where the vendor has no call that lists', () => {
    const told = selectorProblem({ connection: 'c', provider: 'p' }, { id: 'p' });
    assert.match(told ?? '', /^Tasks of p cannot be selected: .+ Name each of them\.$/);
  });
});
