#include "experiments/loadgen/results/histogram_log.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <sstream>
#include <stdexcept>

#include "experiments/loadgen/results/histogram_codec.hpp"

namespace iolab::loadgen {
namespace {

constexpr double ns_per_s = 1e9;
constexpr double ns_per_ms = 1e6;

[[noreturn]] void give_up(const std::string& path) {
  throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
}

void write_header(std::FILE* file) {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  char date[64];
  std::strftime(date, sizeof date, "%a %b %d %H:%M:%S %Z %Y", std::gmtime(&seconds));
  const std::chrono::duration<double> since_epoch = now.time_since_epoch();
  std::fprintf(
      file,
      "#[Logged with iolab loadgen]\n#[Histogram log format version 1.3]\n"
      "#[StartTime: %.3f (seconds since epoch), %s]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
      since_epoch.count(), date);
}

HistogramLogEntry parse_entry(const std::string& line) {
  HistogramLogEntry entry{};
  std::istringstream fields(line);
  std::string field;
  if (line.starts_with("Tag=")) {
    std::getline(fields, field, ',');
    entry.tag = field.substr(4);
  }
  for (double* number : {&entry.begin_s, &entry.length_s, &entry.max_ms}) {
    std::getline(fields, field, ',');
    *number = std::stod(field);
  }
  std::getline(fields, field);
  entry.histogram = decode_histogram(field);
  return entry;
}

}  // namespace

HistogramLog::HistogramLog(const std::string& path)
    : path_(path), file_(std::fopen(path.c_str(), "w")) {
  if (!file_) give_up(path);
}

void HistogramLog::begin() {
  write_header(file_.get());
}

void HistogramLog::add(std::string tag, Nanoseconds begin_ns, Nanoseconds length_ns,
                       const Histogram& histogram) {
  for (char& letter : tag) {
    if (letter == ',' || letter == ' ' || letter == '\n' || letter == '\r') letter = '_';
  }
  std::fprintf(file_.get(), "Tag=%s,%.3f,%.3f,%.3f,%s\n", tag.c_str(),
               static_cast<double>(begin_ns) / ns_per_s, static_cast<double>(length_ns) / ns_per_s,
               static_cast<double>(histogram.max_ns()) / ns_per_ms,
               encode_histogram(histogram).c_str());
  if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0) give_up(path_);
}

std::vector<HistogramLogEntry> read_histogram_log(std::istream& log) {
  std::vector<HistogramLogEntry> entries;
  std::string line;
  for (int number = 1; std::getline(log, line); ++number) {
    if (line.empty() || line.starts_with('#') || line.starts_with('"')) continue;
    try {
      entries.push_back(parse_entry(line));
    } catch (const std::exception& error) {
      throw std::invalid_argument("line " + std::to_string(number) + ": " + error.what());
    }
  }
  return entries;
}

}  // namespace iolab::loadgen
