/** Key of the lock under which positions are given out: whoever holds it commits before the next one starts. */
export const POSITION_LOCK = '1095192403, 1';

/**
 * Settings of every connection to the log. Plans are made once and, whatever the tables' size was then, by index: one
 * made while they were empty would scan the whole log later, and planning each time costs more than reading.
 */
export const INDEX_PLANS =
  '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off ' +
  '-c enable_hashjoin=off -c enable_mergejoin=off -c jit=off';

/** Channel on which every group of appends announces the log's new last position. */
export const LOG_CHANNEL = 'eventstore';

export const APPENDED = 0;
export const CONFLICT = 1;

/**
 * Appends a group. Per item it returns an outcome and a value: 0 = appended, its first position; 1 = conflict,
 * the stream's present revision; 2 = a command or event of it is known already. Items succeed or fail alone.
 *
 * VOLATILE matters: every statement below takes a snapshot of its own, hence one that is newer than the lock.
 * In a single SQL statement the snapshot would be older, and two groups would get the same positions.
 * Its plans are those of {@link INDEX_PLANS}, which the connection sets: set by the function, they would cost each
 * call a tenth more.
 */
export const APPEND_FUNCTION = `
CREATE FUNCTION eventstore.append(
  streams text[], item_stream int[], item_expected int[], item_count int[],
  event_item int[], event_revision int[], event_id uuid[], event_type text[], event_schema int[],
  event_data json, event_metadata json,
  command_item int[], command_id text[], command_principal text[], command_digest text[], command_revision int[],
  OUT outcome int[], OUT value bigint[]
) LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  present int[];
  known int[];
  before bigint;
  last bigint;
  s int;
BEGIN
  PERFORM pg_advisory_xact_lock(${POSITION_LOCK});

  SELECT array_agg(coalesce(latest.revision, -1) ORDER BY given.n) INTO present
  FROM unnest(streams) WITH ORDINALITY AS given(stream, n)
  LEFT JOIN LATERAL (
    SELECT e.revision FROM eventstore.events e WHERE e.stream = given.stream ORDER BY e.revision DESC LIMIT 1
  ) latest ON true;

  known := ARRAY(
    SELECT given.item FROM unnest(command_item, command_id) AS given(item, id)
    JOIN eventstore.answers a ON a.command_id = given.id
    UNION ALL
    SELECT given.item FROM unnest(event_item, event_id) AS given(item, id)
    JOIN eventstore.events e ON e.id = given.id
  );

  SELECT coalesce(max(e.position), 0) INTO before FROM eventstore.events e;
  last := before;
  FOR i IN 1 .. cardinality(item_stream) LOOP
    s := item_stream[i];
    IF i = ANY (known) THEN
      outcome[i] := 2;
      value[i] := 0;
    ELSIF present[s] <> item_expected[i] THEN
      outcome[i] := 1;
      value[i] := present[s];
    ELSE
      outcome[i] := 0;
      value[i] := last + 1;
      last := last + item_count[i];
      present[s] := present[s] + item_count[i];
    END IF;
  END LOOP;

  IF last > before THEN
    INSERT INTO eventstore.events (position, stream, revision, id, type, schema, data, metadata)
    SELECT value[e.item] + e.revision - item_expected[e.item] - 1, streams[item_stream[e.item]],
      e.revision, e.id, e.type, e.schema, e.data, e.metadata
    FROM ROWS FROM (
      unnest(event_item, event_revision, event_id, event_type, event_schema),
      json_array_elements(event_data), json_array_elements(event_metadata)
    ) AS e(item, revision, id, type, schema, data, metadata)
    WHERE outcome[e.item] = 0;

    INSERT INTO eventstore.answers (command_id, principal, digest, stream, revision, position)
    SELECT c.id, c.principal, c.digest, streams[item_stream[c.item]], c.revision,
      value[c.item] + c.revision - item_expected[c.item] - 1
    FROM unnest(command_item, command_id, command_principal, command_digest, command_revision)
      AS c(item, id, principal, digest, revision)
    WHERE outcome[c.item] = 0;

    PERFORM pg_notify('${LOG_CHANNEL}', last::text);
  END IF;
END
$$;`;
