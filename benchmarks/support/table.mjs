/** Results as people read them. */
export function printTable(results) {
  const rows = [['', 'ours', 'peer', 'ratio', 'target', '']];
  for (const { name, value, unit, peer, peerValue, ratio, target, ok } of results) {
    const peerText = peerValue === undefined ? '' : `${format(peerValue)} ${peer}`;
    const verdict = ok === undefined ? '' : ok ? 'ok' : 'MISSED';
    rows.push([
      name,
      `${format(value)} ${unit}`,
      peerText,
      ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
      target ?? '',
      verdict,
    ]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.error(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}

const format = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2));
