/* The types that scripts share; this file holds no code.

   FigureMeta is written by dashboard/drawing/figure_meta.py; tests/dashboard/drawing/test_figure_meta.py reads this
   declaration and compares it with the figures of every view. */

/**
 * What the browser knows of a map besides its numbers: a figure's layout.meta.
 * @typedef {object} FigureMeta
 * @property {string} name the measure
 * @property {string} unit
 * @property {boolean} [whole] whether values are ranks or counts
 * @property {string[]} tokens one for every column
 * @property {string[]} layers one for every row
 * @property {Record<string, any>} request what the map is of; sent back, with row and position, when a cell is opened
 * @property {Record<string, any>} view gives the same numbers again, with the request; sent back for a file
 * @property {string} cells what the cells show unless the reader chooses: "likeliest token", "value" or "nothing"
 * @property {(string | null)[]} [next] the token after every column; null where the text ends or a column has no token
 * @property {(number | null)[]} [ids] the token id of every column
 * @property {(string | null)[]} [names] of named columns
 * @property {(number | null)[]} [positions] of named columns; null where a column is missing
 * @property {number[]} [low] of every row, to turn an intensity back into its value; above `high` where the lowest
 *   value is the darkest
 * @property {number[]} [high]
 * @property {boolean} [log10]
 * @property {boolean} [withSinks]
 * @property {number[]} [leftOut] columns left out of the range of the colours, as sinks
 * @property {number[]} [maskedRows] rows that are grey: neither colours nor profiles count them
 * @property {number[]} [maskedColumns]
 * @property {(number | string)[][]} darkColours the colours of the cells on a dark page, as [place, colour]
 * @property {string} [measure] as it is chosen in the page
 * @property {string | null} [site]
 * @property {MadeBy} [madeBy]
 * @property {string} [about] what the map is of, where its tokens do not say so
 * @property {boolean} [predictions] whether next-token predictions can be fetched
 * @property {CellLine[]} [lines] more numbers of every cell
 * @property {number[] | null} [ends] what the colours go from and to, where that is the same on every map
 * @property {string} [source] what the numbers rest on besides the text and its model
 * @property {string | null} [study] of a probe score, as chosen in the page
 * @property {string | null} [probe]
 * @property {number[]} [empty] columns without a value at any layer
 * @property {number[][]} [outlined] cells as [row, column]
 * @property {number[][]} [dimmed]
 */

/**
 * @typedef {object} MadeBy
 * @property {string} model
 * @property {string} revision
 * @property {string} dtype
 */

/**
 * A number of every cell besides its own; a row of one number has it for all columns.
 * @typedef {object} CellLine
 * @property {string} label
 * @property {string} unit
 * @property {(number | null)[][]} values
 * @property {(number | null)[][]} [upper] the upper ends, where `values` are the lower ends of intervals
 * @property {string[]} [labels] of every column, in place of `label`
 */

/**
 * @typedef {object} Place
 * @property {number} row
 * @property {number} column
 */

/**
 * A cell with its value.
 * @typedef {object} CellParts
 * @property {MapState} map
 * @property {number} position
 * @property {number} value
 * @property {number} [intensity]
 * @typedef {Place & CellParts} Cell
 */

/**
 * A region of the reading: all cells from a first to a last.
 * @typedef {object} Region
 * @property {number} first_row
 * @property {number} last_row
 * @property {number} first_position
 * @property {number} last_position
 */

/**
 * The ranges of a zoom, as Plotly's layout holds them.
 * @typedef {object} Ranges
 * @property {{ range: number[] }} xaxis
 * @property {{ range: number[] }} yaxis
 */

/**
 * @typedef {object} Predictions
 * @property {string | null} [key] of the map that they belong to; null until they are there
 * @property {string | null} [wanted]
 * @property {boolean} [failed]
 * @property {{ k: number, tokens: number, idBits: number, probabilityBits: number, [more: string]: any }} [header]
 * @property {string[] | Record<number, string>} [texts] by token id
 * @property {Uint8Array} [ids]
 * @property {Uint8Array} [probabilities]
 * @property {Uint8Array} [bytes] all of the server's message
 */

/**
 * Everything the page holds of one map.
 * @typedef {object} MapState
 * @property {string} prefix the map "ask" lives in #ask-heatmap, #ask-cell and so on (dashboard/page/ids.py)
 * @property {string | null} key names the text and the columns; pins and zoom belong to one key
 * @property {string | null} subject names the key, the measure and its scale
 * @property {any} figure the server's, as it came
 * @property {string} profiles which are beside and below it: "layers", "layers and tokens" or "none"
 * @property {string} room what it was laid out for
 * @property {FigureMeta | null} meta null until a figure has come
 * @property {Float32Array | null} z of every cell, row by row
 * @property {number} rows
 * @property {number} columns
 * @property {Float32Array | null} centre the median of every row
 * @property {Uint8Array | null} isSink of every column
 * @property {Uint8Array | null} isMaskedRow of every row
 * @property {Uint8Array | null} isMaskedColumn of every column
 * @property {number} gap pixels between columns, where there is room
 * @property {number} width how many tokens share a column on screen
 * @property {Int32Array | null} source the column that is drawn in each bin, row by row
 * @property {Ranges | null} ranges
 * @property {Place | null} cursor the cell that is pointed at by key, by finger, or on another map
 * @property {Place | null} hovered the cell that a mouse is on
 * @property {Place | null} open
 * @property {Place | null} before the cell that was open before a double click
 * @property {Place | null} tapped the cell that a finger has read
 * @property {boolean} byFinger whether the last click was a tap
 * @property {Place[]} pins
 * @property {Region[]} regions outlined by the reading
 * @property {{ shapes: any[], annotations: any[] }} base the marks of the server's figure
 * @property {number} nMarks
 * @property {string} cellText what the cells show, as chosen; "automatic" leaves it to the measure
 * @property {Predictions} predictions
 * @property {boolean} [drawing] while a figure is prepared, marks are drawn with it
 * @property {boolean} [restoring] while a link's state is shown, no map follows another
 */

export {};
