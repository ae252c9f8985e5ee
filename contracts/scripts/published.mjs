/** Flat lists of everything that the contracts publish, in a fixed order. */
export function published({ allEvents, allCommands, allViews }) {
  const byName = (a, b) => (`${a.context}.${a.type ?? a.kind}` < `${b.context}.${b.type ?? b.kind}` ? -1 : 1);
  return {
    events: allEvents
      .flatMap(({ context, aggregate, types, versions, retired, since }) => [
        ...Object.entries(types).map(([type, data]) => ({
          context,
          aggregate,
          type,
          schema: versions[type] ?? 1,
          data,
          ...(since[type] && { since: since[type] }),
        })),
        // Written no more, but recorded: whoever reads the history meets them.
        ...Object.entries(retired).map(([type, { schema = 1, data, becomes }]) => ({
          context,
          aggregate,
          type,
          schema,
          data: data.meta({ deprecated: true }),
          becomes: becomes.type,
        })),
      ])
      .sort(byName),
    commands: allCommands
      .flatMap(({ context, aggregate, idField, types }) =>
        Object.entries(types).map(([type, definition]) => ({
          context,
          aggregate,
          idField,
          type,
          ...definition,
        })),
      )
      .sort(byName),
    views: [...allViews].sort(byName),
  };
}
