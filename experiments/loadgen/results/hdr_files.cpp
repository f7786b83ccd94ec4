#include "experiments/loadgen/results/hdr_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "experiments/loadgen/results/percentile_text.hpp"

namespace iolab::loadgen {
namespace {

void make_folder(const std::filesystem::path& folder) {
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw std::runtime_error("cannot make folder " + folder.string() + ": " + error.message());
  }
}

}  // namespace

HdrFiles::HdrFiles(const RunOptions& options) : options_(options) {
  make_folder(options.hgrm_folder);
  make_folder(std::filesystem::path(options.log_file).parent_path());
  if (!options.log_file.empty()) log_.emplace(options.log_file);
}

void HdrFiles::begin() {
  if (log_) log_->begin();
}

void HdrFiles::add(const SliceResult& slice) {
  if (!log_) return;
  const std::string& tag = options_.targets[slice.target].name;
  if (slice.counts.intervals.empty()) {
    const Histogram& latency = slice.counts.open ? slice.counts.response : slice.counts.service;
    log_->add(tag, slice.begin_ns, slice.duration_ns, latency);
    if (!slice.counts.open) return;
    return log_->add(tag + "/undisturbed", slice.begin_ns, slice.duration_ns, slice.undisturbed);
  }
  Nanoseconds offset = 0;
  for (const auto& buckets : slice.counts.intervals) {
    const Nanoseconds length = interval_length(options_.interval_ns, slice.duration_ns - offset);
    log_->add(tag, slice.begin_ns + offset, length, to_histogram(buckets));
    offset += options_.interval_ns;
  }
}

void HdrFiles::add_total(std::size_t target, const TargetTotal& total) const {
  if (options_.hgrm_folder.empty()) return;
  write_percentiles(target, "service", total.service);
  if (!options_.rate_per_s) return;
  write_percentiles(target, "response", total.response);
  write_percentiles(target, "send-lag", total.send_lag);
}

void HdrFiles::write_percentiles(std::size_t target, const char* kind,
                                 const Histogram& histogram) const {
  std::string name = options_.targets[target].name + "-" + kind + ".hgrm";
  std::replace(name.begin(), name.end(), '/', '_');
  const auto path = std::filesystem::path(options_.hgrm_folder) / name;
  std::ofstream file(path);
  file << percentile_text(histogram);
  file.close();
  if (!file)
    throw std::runtime_error("cannot write " + path.string() + ": " + std::strerror(errno));
}

}  // namespace iolab::loadgen
