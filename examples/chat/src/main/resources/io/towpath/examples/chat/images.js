// Pictures are sent as they are up to a limit; larger ones are made smaller first.

/** Bytes of a picture, the same on the server. As base64 in one long-polling request it stays below 1,000,000. */
export const LIMIT = 500_000;

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const SIDES = [2048, 1600, 1200, 800, 400];

/** Returns `{ name, type, data: ArrayBuffer }`, or throws an Error whose message the user can read. */
export async function prepare(file) {
  if (!TYPES.includes(file.type)) throw new Error("Only PNG, JPEG, GIF and WebP pictures can be sent.");
  const name = (file.name || "picture").slice(0, 100);
  if (file.size <= LIMIT) return { name, type: file.type, data: await file.arrayBuffer() };
  const smaller = await shrink(file);
  if (!smaller) throw new Error("This picture cannot be made small enough: at most 500 kB can be sent.");
  return { name, type: smaller.type, data: await smaller.arrayBuffer() };
}

async function shrink(file) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error("This file cannot be read as a picture.");
  }
  try {
    for (const side of SIDES) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      const paint = canvas.getContext("2d");
      // JPEG knows no transparency.
      paint.fillStyle = "#fff";
      paint.fillRect(0, 0, canvas.width, canvas.height);
      paint.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      if (blob && blob.size <= LIMIT) return blob;
    }
    return null;
  } finally {
    picture.close();
  }
}
