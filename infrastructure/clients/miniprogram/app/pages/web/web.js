// The citizens' own page inside the program: without its header and footer, in the reader's language.

const config = require("../../config");
const reader = require("../../lib/reader");
const { language } = require("../../lib/language");

Component({
  behaviors: [reader],
  data: { section: "web", address: "" },
  methods: {
    onLoad() {
      if (this.data.consented) {
        this.setData({ address: `${config.pagesBase}/report?lang=${language()}&embed=1` });
      }
    },
  },
});
