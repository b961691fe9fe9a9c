// Package version says which build a program of the product is.
package version

import (
	"fmt"
	"os"
)

// Number is set by the linker: -X example.com/product/version.Number=v1.2.3.
var Number = "v0.0.0"

// Asked prints the version and reports true where the program was asked for nothing else.
func Asked() bool {
	if len(os.Args) != 2 || os.Args[1] != "--version" {
		return false
	}
	fmt.Println(Number)
	return true
}
