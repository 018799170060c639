// Sending pictures: `upload` for whoever has files, the library (library.js) and the editor.

const AT_ONCE = 2;
const token = () => document.querySelector("input[name=csrf_token]")?.value ?? "";

/** Send one file; `onProgress` gets the part that is sent, 0 to 1. Gives what the server said: {pictures, refused}. */
function send(file, { address, alt, onProgress }) {
  const form = new FormData();
  form.append("pictures", file, file.name || "pasted");
  if (alt) form.append("alt", alt);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token());
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); });
    request.addEventListener("load", () => { if (request.response?.pictures) resolve(request.response); else reject(request.status); });
    request.addEventListener("error", () => reject(0));
    request.send(form);
  });
}

/**
 * Send files, two at a time. For each: onProgress(file, part) again and again, then onDone(file, picture) with
 * {id, url, width, height, alt, markdown, page}, or onRefused(file, reason): a sentence of the server's, or "" where it gave
 * none (away, signed out, too often). Resolves with the pictures that are there now, in the order of the files.
 */
export async function upload(files, { onProgress = () => {}, onDone = () => {}, onRefused = () => {}, alt = "", address = "/write/media" } = {}) {
  const waiting = [...files].entries();
  const pictures = [];
  const work = async () => {
    for (const [place, file] of waiting) {
      try {
        const said = await send(file, { address, alt, onProgress: (part) => onProgress(file, part) });
        if (said.pictures.length) onDone(file, (pictures[place] = said.pictures[0]));
        else onRefused(file, said.refused[0]?.reason ?? "");
      } catch {
        onRefused(file, "");
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return pictures.filter(Boolean);
}
