// What a handler may do: submit again, destroy, close, and let a number be used anew.
#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Resubmit, InsideTheHandler, "resubmit") {
  Bench bench;
  scenes::submits_inside_the_handler(bench);
}

LAB_TEST(Resubmit, EndlesslyLetsOthersIn, "endless") {
  Bench bench;
  scenes::submits_endlessly_and_lets_others_in(bench);
}

LAB_TEST(Resubmit, EndlesslyLetsHandleEventsReturn, "endless") {
  Bench bench;
  scenes::submits_endlessly_and_lets_handle_events_return(bench);
}

LAB_TEST(Destroy, AnOperationInItsHandler, "destroy") {
  Bench bench;
  scenes::destroys_an_operation_in_its_handler(bench);
  expect_equal("handlers left in the Reactor", 0U, bench.reactor().handlers());
}

LAB_TEST(Destroy, AnotherConnectionInAHandler, "destroy-other") {
  Bench bench;
  scenes::destroys_another_connection_in_a_handler(bench);
}

LAB_TEST(Destroy, ANumberIsUsedAgain, "number-again") {
  Bench bench;
  scenes::a_number_is_used_again(bench);
}

LAB_TEST(BufferTouch, NotBeforeSubmit, "buffer") {
  Bench bench;
  scenes::a_buffer_is_not_touched_before_submit(bench);
}

LAB_TEST(BufferTouch, NotAfterACancel, "buffer") {
  Bench bench;
  scenes::a_buffer_is_not_touched_after_a_cancel(bench);
}

}  // namespace
}  // namespace lab
