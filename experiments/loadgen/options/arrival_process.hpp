#pragma once

namespace iolab::loadgen {

/// How the requests of an open loop are spread over time: at random distances, or all at the same
/// distance.
enum class ArrivalProcess { poisson, uniform };

}  // namespace iolab::loadgen
