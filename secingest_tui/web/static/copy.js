// Puts on the clipboard what the application sends as OSC 52, which the page's terminal leaves out.
// The application sends it only when a person pressed a key to copy; names from outside never hold an escape.
"use strict";
(() => {
  const BEGIN = "\x1b]52;c;";
  const ASKED = /\x1b\]52;c;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)/g;
  const MOST = 200000;

  // Where the browser does not let us, the text is shown, selected, to be copied by hand.
  const show = (text) => {
    const box = document.getElementById("copied");
    const area = box.querySelector("textarea");
    area.value = text;
    box.showModal();
    area.select();
    box.addEventListener("close", () => { area.value = ""; }, { once: true });
  };

  const copy = async (encoded) => {
    const text = new TextDecoder().decode(Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0)));
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      show(text);
    }
  };

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      let rest = "";
      this.addEventListener("message", async (event) => {
        if (typeof event.data === "string") return;
        const bytes = event.data instanceof Blob ? await event.data.arrayBuffer() : event.data;
        rest += new TextDecoder("latin1").decode(bytes);
        let end = 0;
        for (const found of rest.matchAll(ASKED)) {
          copy(found[1]);
          end = found.index + found[0].length;
        }
        // A request that goes on in the next message is kept, and nothing else.
        const open = rest.lastIndexOf(BEGIN);
        rest = open >= end && rest.length - open < MOST ? rest.slice(open) : rest.slice(-BEGIN.length + 1);
      });
    }
  };
})();
