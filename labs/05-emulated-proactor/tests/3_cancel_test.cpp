// An early end: with ECANCELED or with the result, and never both or neither.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Cancel, AWaitingReceiveCompletes, "cancel") {
  Bench bench;
  scenes::a_cancelled_receive_completes(bench);
}

LAB_TEST(Cancel, LeavesNothingInTheNextResult, "old-result") {
  Bench bench;
  scenes::a_cancel_leaves_nothing_in_the_next_result(bench);
}

LAB_TEST(Cancel, NothingHappensWithoutOneInFlight, "cancel-nothing") {
  Bench bench;
  scenes::a_cancel_of_nothing_does_nothing(bench);
}

LAB_TEST(Cancel, EndsThisOperationOnly, "cancel-identity") {
  Bench bench;
  scenes::a_cancel_ends_one_operation_only(bench);
}

LAB_TEST(Cancel, AnOldOperationDoesNotEndItsSuccessor, "cancel-identity") {
  Bench bench;
  scenes::a_cancel_of_an_old_operation_spares_its_successor(bench);
}

LAB_TEST(Cancel, AfterItsCompletionChangesNothing, "cancel-too-late") {
  Bench bench;
  scenes::a_late_cancel_changes_nothing(bench);
}

LAB_TEST(Cancel, InsideAHandlerLosesNoByte, "cancel-too-late") {
  Bench bench;
  scenes::a_cancel_inside_a_handler_loses_no_byte(bench);
}

}  // namespace
}  // namespace lab
