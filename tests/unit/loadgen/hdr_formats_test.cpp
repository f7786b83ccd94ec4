#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "experiments/loadgen/results/base64.hpp"
#include "experiments/loadgen/results/histogram_codec.hpp"
#include "experiments/loadgen/results/histogram_log.hpp"
#include "experiments/loadgen/results/percentile_text.hpp"

namespace iolab::loadgen {
namespace {

using testing::HasSubstr;

// One value 42, from HdrHistogramJS's tests (src/encoding.spec.ts): 3 digits, lowest 1.
constexpr const char* published = "HISTFAAAAB542pNpmSzMwMDAxAABzFCaEUoz2X+AMIKZAEARAtM=";
// The same with 2 digits.
constexpr const char* published_coarse = "HISTFAAAACB42pNpmSzMwMDAxAABMJqRQf4/GNh/gAgEMwEAkp4I6Q==";

Histogram sample(unsigned seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> latency(11, 1.5);
  Histogram histogram;
  for (std::size_t i = 0; i < count; ++i)
    histogram.record(static_cast<std::int64_t>(latency(random)));
  return histogram;
}

std::string plain_form(std::string_view text) {
  const auto bytes = decode_base64(text);
  std::string plain(1 << 20, '\0');
  uLongf size = plain.size();
  EXPECT_EQ(::uncompress(reinterpret_cast<Bytef*>(plain.data()), &size, bytes.data() + 8,
                         bytes.size() - 8),
            Z_OK);
  plain.resize(size);
  return plain;
}

TEST(Base64, IsThatOfTheStandard) {
  // RFC 4648, section 10.
  const std::pair<const char*, const char*> examples[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : examples) {
    const std::string_view view(plain);
    const std::vector<std::uint8_t> bytes(view.begin(), view.end());
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
  for (const char* text : {"Zg", "Zg=", "Z===", "Zm9$", "Zg==Zg=="}) {
    EXPECT_THROW(static_cast<void>(decode_base64(text)), std::invalid_argument) << text;
  }
}

TEST(HistogramCodec, ReadsAPublishedExample) {
  const Histogram histogram = decode_histogram(published);
  EXPECT_EQ(histogram.buckets(), (std::vector<Histogram::Bucket>{{42, 42, 1}}));
}

TEST(HistogramCodec, WritesWhatWasPublished) {
  Histogram histogram;
  histogram.record(42);
  const std::string ours = plain_form(encode_histogram(histogram)), theirs = plain_form(published);
  ASSERT_EQ(ours.size(), theirs.size());
  // All bytes are equal except 24 to 31, the highest trackable value, which each writer may choose.
  EXPECT_EQ(ours.substr(0, 24), theirs.substr(0, 24));
  EXPECT_EQ(ours.substr(32), theirs.substr(32));
}

TEST(HistogramCodec, GivesBackWhatWasRecorded) {
  for (const std::size_t count : {0U, 1U, 2U, 1000U, 100'000U}) {
    const Histogram histogram = sample(3, count);
    const Histogram again = decode_histogram(encode_histogram(histogram));
    EXPECT_EQ(again.counts(), histogram.counts());
    EXPECT_EQ(again.count(), histogram.count());
  }
}

TEST(HistogramCodec, GivesBackExtremes) {
  Histogram histogram;
  histogram.record(0, 5);
  histogram.record(2, std::uint64_t{1} << 40);
  histogram.record(Histogram::highest_value_ns);
  EXPECT_EQ(decode_histogram(encode_histogram(histogram)).counts(), histogram.counts());
}

TEST(HistogramCodec, RefusesWhatItCannotRead) {
  const std::string good = encode_histogram(sample(1, 1000));
  EXPECT_THROW(static_cast<void>(decode_histogram(published_coarse)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(decode_histogram("")), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(decode_histogram("HISTFAAA")), std::invalid_argument);
  for (std::size_t size = 0; size < good.size(); size += 4) {
    EXPECT_THROW(static_cast<void>(decode_histogram(std::string_view(good).substr(0, size))),
                 std::invalid_argument);
  }
}

TEST(HistogramLog, ReadsBackIdentically) {
  const auto path = std::filesystem::path(testing::TempDir()) / "loadgen_exports_test.hlog";
  const Histogram first = sample(1, 5000), second = sample(2, 100);
  {
    HistogramLog log(path.string());
    log.begin();
    log.add("reactor-libevent#control", 0, 100'000'000, first);
    log.add("a b,c", 1'234'000'000, 50'000'000, second);
    log.add("empty", 2'000'000'000, 1'000'000, Histogram());
  }
  std::ifstream file(path);
  const auto entries = read_histogram_log(file);
  std::filesystem::remove(path);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].tag, "reactor-libevent#control");
  EXPECT_EQ(entries[0].histogram.counts(), first.counts());
  EXPECT_NEAR(entries[0].max_ms, static_cast<double>(first.max_ns()) / 1e6, 0.001);
  EXPECT_EQ(entries[1].tag, "a_b_c");
  EXPECT_DOUBLE_EQ(entries[1].begin_s, 1.234);
  EXPECT_DOUBLE_EQ(entries[1].length_s, 0.05);
  EXPECT_EQ(entries[1].histogram.counts(), second.counts());
  EXPECT_EQ(entries[2].histogram.count(), 0U);
}

TEST(HistogramLog, SaysWhichLineIsWrong) {
  std::istringstream log("#[comment]\nTag=a,0.000,0.100,1.000," + std::string(published) +
                         "\nTag=a,0.1,0.1,rubbish\n");
  try {
    static_cast<void>(read_histogram_log(log));
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("line 3"));
  }
}

TEST(HistogramLog, SaysWhichFileItCannotWrite) {
  EXPECT_THROW(HistogramLog("/nonexistent/folder/x.hlog"), std::runtime_error);
}

TEST(PercentileText, HasTheColumnsOfHdrHistogram) {
  Histogram histogram;
  for (std::int64_t us = 1; us <= 1000; ++us) histogram.record(us * 1000);
  std::istringstream text(percentile_text(histogram));
  std::string line;
  std::getline(text, line);
  EXPECT_EQ(line, "       Value     Percentile TotalCount 1/(1-Percentile)");
  std::getline(text, line);
  EXPECT_EQ(line, "");
  std::getline(text, line);
  EXPECT_EQ(line, "       1.000 0.000000000000          1           1.00");
  std::getline(text, line);
  EXPECT_EQ(line, "     100.031 0.100000000000        100           1.11");
  const std::string rest(std::istreambuf_iterator<char>(text), {});
  EXPECT_THAT(rest, HasSubstr("\n     500.223 0.500000000000        500           2.00\n"));
  EXPECT_THAT(rest, HasSubstr("\n     550.399 0.550000000000        550           2.22\n"));
  EXPECT_THAT(
      rest,
      HasSubstr(
          " 1.000000000000       1000\n#[Mean    =      500.500, StdDeviation   =      288.6"));
  EXPECT_THAT(rest, HasSubstr("#[Max     =     1000.000, Total count    =         1000]\n"
                              "#[Buckets =           26, SubBuckets     =         2048]\n"));
}

TEST(PercentileText, AscendsToAllOfThem) {
  const Histogram histogram = sample(9, 12'345);
  std::istringstream text(percentile_text(histogram));
  std::string line;
  double last_value = 0, last_percentile = -1, value = 0, percentile = 0;
  unsigned long long count = 0;
  int rows = 0;
  while (std::getline(text, line)) {
    if (std::sscanf(line.c_str(), "%lf %lf %llu", &value, &percentile, &count) != 3) continue;
    EXPECT_GE(value, last_value);
    EXPECT_GT(percentile, last_percentile);
    EXPECT_GE(static_cast<double>(count) / 12'345, percentile - 1e-9);
    last_value = value;
    last_percentile = percentile;
    ++rows;
  }
  EXPECT_EQ(count, 12'345U);
  EXPECT_EQ(last_percentile, 1.0);
  EXPECT_GT(rows, 40);
}

}  // namespace
}  // namespace iolab::loadgen
