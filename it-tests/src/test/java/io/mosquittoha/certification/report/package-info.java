/** The report that an operator keeps: what was judged, on what cluster, with which figures. */
@NullMarked
package io.mosquittoha.certification.report;

import org.jspecify.annotations.NullMarked;
