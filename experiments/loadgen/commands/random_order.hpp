#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace iolab::loadgen {

/// 0 to count-1 in an order that depends only on the state of `random`, on every system alike.
[[nodiscard]] std::vector<std::size_t> random_order(std::size_t count, std::mt19937_64& random);

}  // namespace iolab::loadgen
