// Breaking the network behind the proxy, and counting what arrives all the same.
//
//   to the server     network mode      count      number n
//   from the server   network { state, usual }      number { number, heard, highest, doubled }

const BREAKS = [
  ["pass", "Let everything pass"],
  ["reject", "Refuse WebSocket"],
  ["hang", "Never answer WebSocket"],
  ["mute", "Mute WebSocket"],
  ["cut", "Cut WebSocket"],
  ["buffer", "Hold streams back"],
  ["trickle", "Trickle"],
  ["idle-cut", "Cut the silent"],
  ["drop-response", "Lose responses"],
  ["duplicate-request", "Send POSTs twice"],
  ["flap", "Cut everything, again and again"],
  ["blackout", "Let nothing pass"],
  ["move", "Change the address"],
];
const PAUSE = 100;

const $ = (id) => document.getElementById(id);

/** Shows the buttons when the server says that this page came through the proxy, and counts from then on. */
export function breakable(socket) {
  let heard = { arrived: 0, highest: 0, doubled: 0 };
  let said = 0;
  let timer;

  socket.on("network", ({ state }) => {
    $("network").hidden = false;
    for (const button of $("breaks").children) button.setAttribute("aria-pressed", String(button.dataset.mode === state));
    if (!timer) {
      socket.emit("count");
      timer = setInterval(() => socket.emit("number", ++said), PAUSE);
    }
  });
  socket.on("number", ({ number, ...up }) => {
    if (number <= heard.highest) heard.doubled++;
    else {
      heard.arrived++;
      heard.highest = number;
    }
    $("counts").hidden = false;
    show($("count-down"), heard.arrived, heard.highest, heard.doubled);
    show($("count-up"), up.heard, up.highest, up.doubled);
  });
  // A session that ended begins anew, and so does its count.
  socket.on("disconnect", () => {
    clearInterval(timer);
    timer = undefined;
    heard = { arrived: 0, highest: 0, doubled: 0 };
    said = 0;
  });

  for (const [mode, words] of BREAKS) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.mode = mode;
    button.textContent = words;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => socket.emit("network", mode));
    $("breaks").append(button);
  }
}

function show(place, arrived, highest, doubled) {
  const missing = highest - arrived;
  place.textContent = `${arrived} arrived, ${missing} missing, ${doubled} doubled or late`;
  place.classList.toggle("wrong", missing + doubled > 0);
  Object.assign(place.dataset, { arrived, missing, doubled });
}
