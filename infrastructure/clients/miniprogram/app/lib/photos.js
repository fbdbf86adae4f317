// Pictures: choose them, and send them after the appeal has its number.

const client = require("../api/client");

/** @typedef {import("../../types/api").Schemas["OfferUpload"]} Picture */
/** @typedef {{path: string, size: number, name: string, type: Picture["content_type"]}} Photo */

const MOST = 9;
const MOST_BYTES = 10 * 1024 * 1024;
/** @type {Record<string, Picture["content_type"]>} */
const TYPES = { jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp" };

/**
 * Let the reader take or choose pictures; the phone makes them smaller first.
 *
 * @param {number} already how many are chosen
 * @returns {Promise<{photos: Photo[], refused: number}>} empty when the reader turns back
 */
async function choose(already) {
  const found = await wx
    .chooseMedia({ count: MOST - already, mediaType: ["image"], sourceType: ["album", "camera"], sizeType: ["compressed"] })
    .catch(() => ({ tempFiles: [] }));
  /** @type {Photo[]} */
  const photos = [];
  for (const { tempFilePath, size } of found.tempFiles) {
    const type = TYPES[await kindOf(tempFilePath)];
    const name = `photo-${already + photos.length + 1}.${(type || "").replace("image/", "")}`;
    if (type && size <= MOST_BYTES) photos.push({ path: tempFilePath, size, name, type });
  }
  return { photos, refused: found.tempFiles.length - photos.length };
}

/** @param {string} path */
async function kindOf(path) {
  const info = await wx.getImageInfo({ src: path }).catch(() => ({ type: undefined }));
  return info.type || path.replace(/^.*\./, "").toLowerCase();
}

/**
 * Send pictures one after the other.
 *
 * @param {import("../api/client").Holder} holder
 * @param {Photo[]} photos
 * @param {(done: number, percent: number) => void} [onProgress]
 * @returns {Promise<Photo[]>} those that did not get through
 */
async function send(holder, photos, onProgress = () => {}) {
  const failed = [];
  for (const [index, photo] of photos.entries()) {
    const picture = { content_type: photo.type, size_bytes: photo.size, file_name: photo.name };
    try {
      await client.sendPicture(holder, picture, photo.path, (percent) => onProgress(index, percent));
    } catch (error) {
      failed.push(photo);
    }
  }
  return failed;
}

module.exports = { MOST, choose, send };
