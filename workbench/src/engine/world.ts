/** Between voxels (i, j, k) and millimetres in the patient, by the first three rows of a volume's affine. */
export type Affine = readonly (readonly number[])[];

export function toWorld(affine: Affine, voxel: readonly number[]): [number, number, number] {
  const row = (r: number): number => [0, 1, 2].reduce((sum, c) => sum + at(affine, r, c) * (voxel[c] ?? 0), at(affine, r, 3));
  return [row(0), row(1), row(2)];
}

/** The other way round, by Cramer's rule. */
export function toVoxel(affine: Affine, mm: ArrayLike<number>): [number, number, number] {
  const from = [0, 1, 2].map((r) => (mm[r] ?? 0) - at(affine, r, 3));
  const whole = determinant(affine);
  const along = (axis: number): number =>
    determinant([0, 1, 2].map((r) => [0, 1, 2].map((c) => (c === axis ? (from[r] ?? 0) : at(affine, r, c))))) / whole;
  return [along(0), along(1), along(2)];
}

const at = (rows: Affine, row: number, column: number): number => rows[row]?.[column] ?? 0;

function determinant(rows: Affine): number {
  const minor = (a: number, b: number): number => at(rows, 1, a) * at(rows, 2, b) - at(rows, 1, b) * at(rows, 2, a);
  return at(rows, 0, 0) * minor(1, 2) - at(rows, 0, 1) * minor(0, 2) + at(rows, 0, 2) * minor(0, 1);
}
