/** What the published documents say of a command, or fields of it, that is not offered at every level. */
export const offeredFrom = ({ since, fieldsSince }) => ({
  ...(since && { 'x-offered-from-level': since }),
  ...(fieldsSince && { 'x-fields-offered-from-level': fieldsSince }),
});
