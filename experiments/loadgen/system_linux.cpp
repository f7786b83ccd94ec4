#include <sys/resource.h>

#include <algorithm>

#include "experiments/loadgen/system.hpp"

namespace iolab {

std::string allow_descriptors(std::size_t needed) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return {};
  limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return {};
  return "needs " + std::to_string(needed) + " descriptors but may open only " +
         std::to_string(limit.rlim_max) + " (ulimit -Hn)";
}

}  // namespace iolab
