// Prints each interval of an HdrHistogram V2 log as a line of JSON: node decode.js LOG
// Run where node finds hdr-histogram-js, an implementation that shares nothing with ours.
const { readFileSync } = require("fs");
const { HistogramLogReader } = require("hdr-histogram-js");

const reader = new HistogramLogReader(readFileSync(process.argv[2], "utf8"), 64);
for (let h = reader.nextIntervalHistogram(); h; h = reader.nextIntervalHistogram()) {
  const at = (percentile) => h.getValueAtPercentile(percentile);
  console.log(
    JSON.stringify({
      target: h.tag,
      begin_ms: h.startTimeStampMsec,
      count: h.totalCount,
      p50_ns: at(50),
      p90_ns: at(90),
      p99_ns: at(99),
      p999_ns: at(99.9),
      max_ns: h.maxValue,
    }),
  );
}
