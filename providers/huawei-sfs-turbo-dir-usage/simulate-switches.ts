import { z } from 'zod';
import { sfsTurboSwitches } from '../vendors/huawei/simulate-sfs-turbo-switches.js';

/** What the documents of directory usage tasks leave open, beside what both APIs leave open. */
export const dirUsageSwitches = sfsTurboSwitches.extend({
  /** The word for a task that is being deleted: there is none, and the page says "cancel and then delete". */
  deletingShown: z.enum(['DOING', 'FAIL']).default('DOING'),
  /** What a read of an absent task has beside its status 404: only for the delete is an error code documented. */
  showOfAbsent: z.enum(['SFS.TURBO.0124', 'empty']).default('SFS.TURBO.0124'),
  /** A list after a marker that is no task any more. */
  unknownMarker: z.enum(['SFS.TURBO.0001', 'empty']).default('SFS.TURBO.0001'),
  /** The eleventh running task of a file system: "no more task can be created", with a code that no page names. */
  atTaskLimit: z.enum(['SFS.TURBO.0011', 'SFS.TURBO.0103']).default('SFS.TURBO.0011'),
});

export type DirUsageSwitches = z.output<typeof dirUsageSwitches>;
