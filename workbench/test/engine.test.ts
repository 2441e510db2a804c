import assert from "node:assert/strict";
import { test } from "node:test";
import { Drawing } from "../src/engine/drawing.js";
import { blank, count, decode, encode, outline } from "../src/engine/runs.js";
import { customary, distance, fitted, toImage, toScreen, zoomed, type Geometry } from "../src/engine/view.js";
import { colours, dragged } from "../src/engine/window.js";
import { toVoxel, toWorld } from "../src/engine/world.js";

test("run lengths go down the columns, background first", () => {
  const bits = decode({ size: [2, 2], counts: [2, 2] }); // the package's own example: [[0, 1], [0, 1]]
  assert.deepEqual([...bits.data], [0, 1, 0, 1]);
  assert.deepEqual(encode(bits), { size: [2, 2], counts: [2, 2] });
});

test("encoding gives back what was decoded, whatever it is", () => {
  let seed = 1;
  for (let turn = 0; turn < 200; turn++) {
    const bits = blank(1 + (turn % 7), 1 + (turn % 5));
    for (let i = 0; i < bits.data.length; i++) bits.data[i] = (seed = (seed * 48271) % 2147483647) % 3 === 0 ? 1 : 0;
    const runs = encode(bits);
    assert.equal(runs.counts.reduce((sum, one) => sum + one, 0), bits.data.length);
    assert.deepEqual(decode(runs), bits);
  }
});

test("an outline has four sides for a square and none for nothing", () => {
  assert.deepEqual(outline(blank(3, 3)), []);
  const square = blank(4, 4);
  for (const place of [5, 6, 9, 10]) square.data[place] = 1;
  assert.equal(outline(square).length, 4);
});

test("a stroke is one step back and one step on", () => {
  const drawing = Drawing.empty(20, 20);
  drawing.begin();
  drawing.paint(5, 10, 15, 10, [3, 3], 1);
  drawing.end();
  const painted = count(drawing.bits);
  assert.ok(painted > 70 && painted < 100, `${painted} pixels of a line of 10 by 6 with round ends`);
  assert.ok(drawing.changed && drawing.canUndo && !drawing.canRedo);
  drawing.undo();
  assert.equal(count(drawing.bits), 0);
  assert.ok(!drawing.changed);
  drawing.redo();
  assert.equal(count(drawing.bits), painted);
});

test("the eraser takes away and a new stroke ends what could be done again", () => {
  const drawing = Drawing.empty(9, 9);
  drawing.paint(4.5, 4.5, 4.5, 4.5, [3, 3], 1);
  drawing.end();
  drawing.undo();
  drawing.paint(4.5, 4.5, 4.5, 4.5, [1, 1], 1);
  drawing.end();
  assert.ok(!drawing.canRedo);
  drawing.paint(4.5, 4.5, 4.5, 4.5, [9, 9], 0);
  drawing.end();
  assert.equal(count(drawing.bits), 0);
});

test("a brush stays on the image", () => {
  const drawing = Drawing.empty(4, 4);
  drawing.paint(-50, -50, 60, 60, [40, 40], 1);
  drawing.end();
  assert.equal(count(drawing.bits), 16);
});

const geometry: Geometry = { rows: 100, columns: 50, step: [2, 1], flip: [true, false] };

test("screen and image places are each other's opposite, mirrored or not", () => {
  const view = zoomed(fitted(geometry, 300, 200), 1.7, [40, 50]);
  for (const flip of [[true, false], [false, true], [false, false]] as const) {
    const there = { ...geometry, flip };
    const [x, y] = toImage(view, there, toScreen(view, there, [12.5, 80]));
    assert.ok(Math.abs(x - 12.5) < 1e-9 && Math.abs(y - 80) < 1e-9);
  }
});

test("what fits touches the nearer edges, in millimetres", () => {
  const view = fitted(geometry, 300, 200); // 100 mm by 100 mm
  assert.equal(view.scale, 2);
  assert.deepEqual(toScreen(view, geometry, [0, 0]), [250, 0]);
});

test("zooming keeps the place under the pointer", () => {
  const before = fitted(geometry, 300, 200);
  const place = toImage(before, geometry, [70, 30]);
  const [x, y] = toScreen(zoomed(before, 3, [70, 30]), geometry, place);
  assert.ok(Math.abs(x - 70) < 1e-9 && Math.abs(y - 30) < 1e-9);
});

test("measures are in millimetres", () => {
  assert.equal(distance([0, 0], [3, 8], [2, 1]), 10);
});

test("the patient's right is on the left and the head is up", () => {
  assert.deepEqual(customary("L", "P"), [false, false]);
  assert.deepEqual(customary("R", "S"), [true, true]);
  assert.deepEqual(customary(undefined, undefined), [false, false]);
});

test("a window shows its ends black and white", () => {
  const plane = { shape: [1, 1, 3] as [number, number, number], values: new Int16Array([-900, -800, -645]) };
  const greys = (inverted: boolean): number[] => [0, 4, 8].map((i) => colours(plane, [-900, -645], inverted)[i] ?? -1);
  assert.deepEqual(greys(false), [0, 100, 255]);
  assert.deepEqual(greys(true), [255, 155, 0]);
});

test("the table for many values says the same as the formula for few", () => {
  const values = Int16Array.from({ length: 5000 }, (_, i) => i - 2500);
  const many = colours({ shape: [1, 50, 100], values }, [-1000, 1000], false);
  for (const i of [0, 1500, 2500, 3499, 4999]) {
    const one = colours({ shape: [1, 1, 1], values: values.slice(i, i + 1) }, [-1000, 1000], false);
    assert.equal(many[4 * i], one[0]);
  }
});

test("dragging across widens the window and down moves it", () => {
  assert.deepEqual(dragged([0, 100], 512, 0, [0, 100]), [-50, 150]);
  assert.deepEqual(dragged([0, 100], 0, 256, [0, 100]), [50, 150]);
});

test("an oblique affine leads to the patient and back to the voxel", () => {
  const affine = [[-2, 0.5, 0, 10], [0.25, -1.5, 0.125, -20], [0, 0.5, 3, 30], [0, 0, 0, 1]];
  assert.deepEqual(toWorld(affine, [0, 0, 0]), [10, -20, 30]);
  assert.deepEqual(toWorld(affine, [1, 2, 0]), [9, -22.75, 31]);
  const back = toVoxel(affine, toWorld(affine, [3, 4, 5]));
  back.forEach((value, axis) => assert.ok(Math.abs(value - [3, 4, 5][axis]!) < 1e-9));
});
