/* The browser's camera: its stream in the viewer, and images shot from it. */
import { byId, element } from "./dom.js";
import { take } from "./intake.js";

let stream = null;
let shots = 0;
const say = text => { byId("intake").textContent = text; };

function watch(on) {
  byId("stage").classList.toggle("filming", on);
  byId("video").hidden = !on;
  byId("camera-tools").hidden = !on;
  byId("camera-start").hidden = on;
  byId("views").classList.toggle("hidden", on);
}

/* Names of cameras are known only after one was allowed. */
async function listCameras() {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(device => device.kind === "videoinput");
  const select = byId("camera-device");
  select.replaceChildren();
  cameras.forEach((camera, i) => { element(select, "option", camera.label || "camera " + (i + 1)).value = camera.deviceId; });
  select.value = stream.getVideoTracks()[0].getSettings().deviceId;
  byId("camera-which").hidden = cameras.length < 2;
}

async function start(device) {
  stop();
  if (!navigator.mediaDevices) {
    say("A browser lends its camera only to pages by HTTPS or from this computer; choose an image instead.");
    return;
  }
  try {
    const which = device ? { deviceId: { exact: device } } : { facingMode: "environment" };
    stream = await navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 1920 }, height: { ideal: 1080 } }, audio: false });
  } catch (error) {
    say(error.name === "NotAllowedError" ? "The browser was not allowed to use the camera." : "No camera can be used: " + error.message);
    return;
  }
  stream.getVideoTracks()[0].addEventListener("ended", stop);
  byId("video").srcObject = stream;
  await byId("video").play();
  watch(true);
  byId("camera-shoot").focus();
  await listCameras();
}

function stop() {
  if (!stream) return;
  stream.getTracks().forEach(track => track.stop());
  stream = null;
  byId("video").srcObject = null;
  watch(false);
}

function shoot() {
  const video = byId("video");
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  shots++;
  const name = "camera-" + String(shots).padStart(3, "0") + ".png";
  canvas.toBlob(image => take([new File([image], name, { type: "image/png" })]), "image/png");
}

export function prepareCamera() {
  byId("camera-start").addEventListener("click", () => start());
  byId("camera-shoot").addEventListener("click", shoot);
  byId("camera-stop").addEventListener("click", () => {
    stop();
    byId("camera-start").focus();
  });
  byId("camera-device").addEventListener("change", event => start(event.target.value));
}
