#include "experiments/loadgen/commands/random_order.hpp"

#include <numeric>
#include <utility>

namespace iolab::loadgen {

std::vector<std::size_t> random_order(std::size_t count, std::mt19937_64& random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  // Fisher and Yates by hand: std::shuffle may differ between libraries.
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

}  // namespace iolab::loadgen
